package config

import _ "embed"

//go:embed example.toml
var exampleText string

// Example returns config.example.toml: every setting with its default and its
// meaning. It decodes to Default.
func Example() string { return exampleText }
