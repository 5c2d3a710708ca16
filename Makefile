# What the README promises: `go run .` runs the server, `make test` tests it.
.PHONY: test check race bench build

VERSION ?= dev
export CGO_ENABLED ?= 0

test: check race

# Static checks. The tools are pinned here and run from the module cache.
check:
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go mod verify

# The race detector needs cgo; the product does not.
race:
	CGO_ENABLED=1 go test -race -shuffle=on -timeout 20m ./...

build:
	go build -trimpath -ldflags "-s -w -X ostiary/server/command.version=$(VERSION)" -o ostiary .

bench:
	go test ./cache ./storage ./server/... -run '^$$' -bench . -benchtime 1s -timeout 60m
