package config

import "fmt"

// weakestMemory is the least memory, in KiB, that the OWASP password storage
// cheat sheet allows argon2id for a number of iterations. Its last rows, below
// 12 MiB, are left out: a GPU has that much for each of its lanes. RFC 9106
// asks for 8 KiB per lane at least, which every row exceeds for 16 lanes.
func weakestMemory(iterations int) int {
	switch {
	case iterations <= 1:
		return 46 << 10
	case iterations == 2:
		return 19 << 10
	}
	return 12 << 10
}

func checkPassword(c *checker) {
	const memory, iterations = "password.memory_kib", "password.iterations"
	least := weakestMemory(c.Password.Iterations)
	if !c.fine(memory, iterations, "password.parallelism") || c.Password.MemoryKiB >= least {
		return
	}
	c.add(finding{code: "config.invalid_value", setting: c.firstGiven(memory, iterations),
		message: fmt.Sprintf("argon2id with %d KiB and %d iterations is too weak", c.Password.MemoryKiB, c.Password.Iterations),
		cause:   fmt.Sprintf("with %d iterations OWASP asks for %d KiB or more", c.Password.Iterations, least),
		effect:  "stolen hashes are guessed faster",
		fix:     c.rewrite(memory, least) + ", or remove both lines for the defaults"})
}
