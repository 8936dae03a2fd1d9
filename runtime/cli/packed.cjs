// Runs a packed file of the program, as CommonJS, with what V8 made of its text when it was packed: neither parsed nor compiled anew.
'use strict'
var fs = require('fs')
var vm = require('vm')
var path = require('path')
var createRequire = require('module').createRequire

/** The packed file's exports. What V8 made is used where it is of this Node and its flags; V8 refuses all else, and compiles. */
module.exports = function load(file) {
  // esbuild writes ASCII only, so that a byte is a character.
  var text = '(function (exports, require, module, __filename, __dirname) {' + fs.readFileSync(file, 'latin1') + '\n})'
  var made
  try { made = fs.readFileSync(file + '.cache') } catch (none) { made = undefined }
  var script = new vm.Script(text, { filename: file, cachedData: made })
  var packed = { exports: {} }
  script.runInThisContext()(packed.exports, createRequire(file), packed, file, path.dirname(file))
  return packed.exports
}
