#!/usr/bin/env node
// The door: says in one line when Node is too old or nothing is built, else hands over. Old syntax, so that an old Node can read it.
'use strict'
var fs = require('fs')
var path = require('path')

var main = path.join(__dirname, '..', '..', 'dist', 'runtime', 'cli', 'main.js')
var version = process.versions.node.split('.')
var major = Number(version[0])
var minor = Number(version[1])

function refuse(message) {
  process.stderr.write('error: ' + message + '\n')
  process.exitCode = 255
}

if (major < 20 || (major === 20 && minor < 19)) refuse('chopsticks needs Node 20.19 or newer, this is ' + process.versions.node)
else if (!fs.existsSync(main)) refuse('chopsticks is not built yet: run npm run build first')
else {
  import(require('url').pathToFileURL(main).href).then(
    function (loaded) { return loaded.start() },
    function (error) { refuse('chopsticks could not be loaded: ' + error.message) }
  )
}
