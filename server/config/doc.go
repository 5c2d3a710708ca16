// Package config owns the settings of the server: their names, defaults and
// limits, where they come from (flag, environment, file, default, in this
// order), and what is wrong with them, all of it at once, each with its place
// and its remedy.
//
// It must not act on a setting. It opens no socket and no database, creates no
// folder, and knows no package of the server; only `command` and `server`
// import it, and hand every other package its own small Options. A secret
// leaves it in Config alone: never in a problem, a snippet or a listing.
package config
