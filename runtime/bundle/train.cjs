// Preloaded while the program is packed: writes down what V8 made of the packed files once a run has used them.
'use strict'
var fs = require('fs')
var v8 = require('v8')
var vm = require('vm')

var loaded = []
var Script = vm.Script
vm.Script = function (text, options) {
  var script = new Script(text, options)
  if (options.filename.slice(-'.packed.js'.length) === '.packed.js') loaded.push({ script: script, file: options.filename })
  return script
}
// What V8 made counts for the flags of its process, as they are when it is written down; set later, they are not those of the start.
v8.setFlagsFromString = function () {}

function write() {
  loaded.splice(0).forEach(function (one) { fs.writeFileSync(one.file + '.cache', one.script.createCachedData()) })
}
process.on('exit', write)
var kill = process.kill
process.kill = function (pid, signal) {
  if (pid === process.pid) write()
  return kill.call(process, pid, signal)
}
require('module').syncBuiltinESMExports()
