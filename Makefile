# `go run .` runs the server, `make test` tests it.
.PHONY: test needs check race browsers faults-short faults bench build

VERSION ?= dev

test: needs check race browsers

# What the tests need beside Go and npm, from the system's packages where root
# allows; else the command that installs it.
NEEDS := gcc:gcc strace:strace chromium:chromium firefox-esr:firefox-esr nginx:nginx-light
needs:
	@missing=""; for need in $(NEEDS); do \
	  PATH="$$PATH:/usr/sbin" command -v $${need%%:*} >/dev/null || missing="$$missing $${need##*:}"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "the tests need: apt-get install$$missing"; exit 1; fi; fi
	@npm ci --prefix server/e2e --no-audit --no-fund --silent

# Static checks. The tool is pinned here and run from the module cache.
check:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "not formatted:" $$unformatted; exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

# The race detector needs cgo; the product does not.
race:
	CGO_ENABLED=1 go test -race -shuffle=on -timeout 20m $$(go list ./... | grep -vE '/server/(e2e|faults)$$')

# The built binary in real browsers.
browsers:
	CGO_ENABLED=0 go test -count=1 -timeout 15m ./server/e2e

# The built binary under faults: a short form of each, and the long ones (an
# hour: 50 power cuts, 200 kills, 200 n-th errors).
faults-short:
	CGO_ENABLED=0 go test -count=1 -timeout 10m ./server/faults
faults:
	FAULTS_LONG=1 CGO_ENABLED=0 go test -count=1 -timeout 6h -v ./server/faults

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X ostiary/server/command.version=$(VERSION)" -o ostiary .

# Each figure is a ratio of two things measured side by side.
bench:
	CGO_ENABLED=0 go test ./server/bench -run '^$$' -bench . -benchtime 1x -timeout 60m
	CGO_ENABLED=0 go test ./cache ./storage ./server/password ./server/throttle ./server/credential -run '^$$' -bench . -timeout 30m
