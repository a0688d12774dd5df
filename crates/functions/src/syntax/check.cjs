// Reads, from standard input, where functions lie and begin; tells of each file they would load that is no
// JavaScript. Nothing of them is run.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');
const { spawnSync } = require('child_process');
const { wrap } = require('module');

const LOCAL = /\b(?:require\s*\(|import\s*\(|from|import)\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;
const EXTENSIONS = ['', '.js', '.mjs', '.cjs', '/index.js', '/index.mjs', '/index.cjs'];

const isFile = (file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
const found = (name) => EXTENSIONS.map((extension) => name + extension).find(isFile);

/** What the nearest package.json says of files that end in `.js`. */
function type(file, root) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (isFile(manifest)) {
      try {
        return JSON.parse(fs.readFileSync(manifest, 'utf8')).type;
      } catch {
        return undefined;
      }
    }
    if (folder === root || folder === path.dirname(folder)) return undefined;
  }
}

const asScript = (source, filename) => new vm.Script(wrap(source), { filename });
const asModule = (source, identifier) => new vm.SourceTextModule(source, { identifier });

function parse(source, file, root) {
  const kind = file.endsWith('.mjs') ? 'module' : file.endsWith('.cjs') ? 'commonjs' : type(file, root);
  if (kind === 'module') return asModule(source, file);
  try {
    return asScript(source, file);
  } catch (error) {
    if (kind === 'commonjs') throw error;
    // Later versions of Node find out by themselves that it is a module.
    try {
      return asModule(source, file);
    } catch {
      throw error;
    }
  }
}

/** Of a module, only an interpreter that was started with it tells the line. */
function line(error, file) {
  const isTold = error.stack.startsWith(`${file}:`);
  const said = isTold ? error.stack : spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' }).stderr;
  return Number(/^[^\n]*:(\d+)\n/.exec(said)?.[1]) || null;
}

function* check({ function: name, root, handler }) {
  const last = path.basename(handler);
  const begin = path.join(root, path.dirname(handler), last.slice(0, Math.max(last.indexOf('.'), 0)));
  const waiting = [found(begin)];
  const seen = new Set();
  for (let file = waiting.pop(); file !== undefined || waiting.length > 0; file = waiting.pop()) {
    if (file === undefined || seen.has(file) || !/\.[mc]?js$/.test(file)) continue;
    seen.add(file);
    const source = fs.readFileSync(file, 'utf8').replace(/^#!.*/, '');
    try {
      parse(source, file, root);
    } catch (error) {
      const problem = { line: line(error, file), message: `${error.name}: ${error.message}` };
      yield { function: name, file: path.relative(root, file), ...problem };
      continue;
    }
    for (const [, , local] of source.matchAll(LOCAL)) waiting.push(found(path.resolve(path.dirname(file), local)));
  }
}

for (const one of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  for (const problem of check(one)) process.stdout.write(`${JSON.stringify(problem)}\n`);
}
