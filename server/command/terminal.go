package command

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// isTerminal says whether a person is likely to sit at the other end.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), readTermios)
	return err == nil
}

// hidden asks for a line and does not show what is typed.
func (c *console) hidden(prompt string) (string, error) {
	file, ok := c.in.(*os.File)
	if !ok {
		return "", errors.New("standard input is no terminal")
	}
	restore, err := silence(int(file.Fd()))
	if err != nil {
		return "", err
	}
	defer restore()
	_, _ = io.WriteString(c.err, prompt)
	line, err := readLine(file)
	_, _ = io.WriteString(c.err, "\n")
	return line, err
}

// silence turns the terminal's echo off. Who interrupts the question gets the
// echo back, too: a shell that shows nothing looks broken.
func silence(fd int) (restore func(), err error) {
	before, err := unix.IoctlGetTermios(fd, readTermios)
	if err != nil {
		return nil, err
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, writeTermios, &quiet); err != nil {
		return nil, err
	}
	back := func() { _ = unix.IoctlSetTermios(fd, writeTermios, before) }
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, more := <-interrupted; more {
			back()
			os.Exit(exitFailed)
		}
	}()
	return func() {
		signal.Stop(interrupted)
		close(interrupted)
		back()
	}, nil
}

// readLine reads byte by byte, so that what follows stays for the next question.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	one := make([]byte, 1)
	for line.Len() < longestPassword {
		switch _, err := io.ReadFull(r, one); {
		case errors.Is(err, io.EOF):
			return line.String(), nil
		case err != nil:
			return "", err
		case one[0] == '\n':
			return strings.TrimSuffix(line.String(), "\r"), nil
		}
		line.WriteByte(one[0])
	}
	return "", errors.New("the line does not end")
}
