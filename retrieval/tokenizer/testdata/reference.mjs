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

// The binding takes pairs one at a time alone.
async function answer() {
  const singles = await tokenizer?.encodeBatch(texts.filter((t) => t.length === 1).map((t) => t[0])) ?? []
  const pairs = await Promise.all(texts.filter((t) => t.length === 2).map(([a, b]) => tokenizer.encode(a, b)))
  const out = []
  let i = 0, j = 0
  for (const t of texts) {
    const e = t.length === 1 ? singles[i++] : pairs[j++]
    out.push(JSON.stringify(t.length === 1 ? [e.getIds()] : [e.getIds(), e.getTypeIds()]) + '\n')
  }
  process.stdout.write(out.join(''))
  texts = []
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const value = JSON.parse(line)
  if (Array.isArray(value)) {
    texts.push(value)
    if (texts.length === 2000) await answer()
    continue
  }
  await answer()
  tokenizer = Tokenizer.fromFile(value.tokenizer)
}
await answer()
