// Package bench measures what the server promises of its speed, each promise
// as a ratio of two things measured side by side in one run, since machines
// differ and are noisy. `make bench` runs it. It holds no code of the product.
package bench
