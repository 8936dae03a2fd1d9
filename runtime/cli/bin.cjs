#!/usr/bin/env node
// The door: says in one line when Node is too old or nothing is built, else hands over. Old syntax, so that an old Node can read it.
'use strict'
var fs = require('fs')
var path = require('path')

var dist = path.join(__dirname, '..', '..', 'dist')
var plain = path.join(dist, 'runtime', 'cli', 'main.js')
var packed = path.join(dist, 'packed', 'runtime', 'cli', 'main.js')

function changedAt(file) {
  try { return fs.statSync(file).mtimeMs } catch (absent) { return 0 }
}

// Packed files start faster; what was compiled after they were packed is newer than they.
var isPacked = changedAt(packed) > changedAt(path.join(dist, '.tsbuildinfo'))
var folder = path.dirname(isPacked ? packed : plain)
var version = process.versions.node.split('.')
var major = Number(version[0])
var minor = Number(version[1])

function refuse(message, code) {
  process.stderr.write('error: ' + message + '\n')
  process.exitCode = code || 255
}

// With fewer, parts of the program fail to load here and there, each with an error of its own.
var FILES_MIN = 64

function filesAllowed() {
  try {
    var soft = /^Max open files +([0-9]+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))
    return soft === null ? Infinity : Number(soft[1])
  } catch (unknown) { return Infinity }
}

// What takes long to come up is begun first, by a small file of its own.
function load(name) {
  if (isPacked) return new Promise(function (resolve) { resolve(require(path.join(folder, name))) })
  return import(require('url').pathToFileURL(path.join(folder, name)).href)
}

if (major < 20 || (major === 20 && minor < 19)) refuse('chopsticks needs Node 20.19 or newer, this is ' + process.versions.node)
else if (!fs.existsSync(path.join(folder, 'main.js'))) refuse('chopsticks is not built yet: run npm run build first')
else if (filesAllowed() < FILES_MIN) {
  refuse('this process may open ' + filesAllowed() + ' files, which is too few to run at all: raise the limit, ulimit -n 4096', 104)
}
else {
  load('head-start.js').then(function (first) {
    var headStart = first.headStart(process.exit)
    return load('main.js').then(function (loaded) { return function () { return loaded.start(headStart) } })
  }).then(
    function (start) { return start() },
    function (error) { refuse('chopsticks could not be loaded: ' + error.message) }
  )
}
