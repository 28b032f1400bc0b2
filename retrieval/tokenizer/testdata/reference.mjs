// Gives the ids that the reference gives: `node reference.mjs FOLDER`, where
// FOLDER has node_modules/tokenizers.
//
// One value of JSON a line comes in: an object {"tokenizer": FILE} says which
// tokenizer.json to use from here on; a list of one or two texts is answered with
// a line [ids] or [ids, types].
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(resolve(process.argv[2]) + '/')
const { Tokenizer } = require('tokenizers')

let tokenizer
let texts = []

async function answer() {
  if (texts.length === 0) return
  const out = []
  for (const e of await tokenizer.encodeBatch(texts)) out.push([e.getIds(), e.getTypeIds()])
  process.stdout.write(out.map(([ids, types], i) =>
    JSON.stringify(Array.isArray(texts[i]) ? [ids, types] : [ids]) + '\n').join(''))
  texts = []
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const value = JSON.parse(line)
  if (Array.isArray(value)) {
    texts.push(value.length === 1 ? value[0] : value)
    continue
  }
  await answer()
  tokenizer = Tokenizer.fromFile(value.tokenizer)
}
await answer()
