// Runs transformers.js for the tests and the comparison of speed: reads requests
// from standard input and answers each, one JSON object a line. The argument is
// the folder that holds node_modules.
import { createRequire } from 'node:module';
import { basename, dirname, sep } from 'node:path';
import { createInterface } from 'node:readline';

const { AutoModelForSequenceClassification, AutoTokenizer, env, pipeline } = createRequire(process.argv[2] + sep)(
  '@huggingface/transformers',
);
env.allowRemoteModels = false;
env.useFSCache = false;

let extract;
let reranker;
let tokens; // what the tokenizer gave last

const handlers = {
  // Opens the model of a folder.
  async open({ dir, dtype, threads, rerank }) {
    env.localModelPath = dirname(dir) + sep;
    const name = basename(dir);
    const options = {
      dtype,
      device: 'cpu',
      session_options: { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 },
    };
    if (rerank) {
      reranker = {
        tokenizer: await AutoTokenizer.from_pretrained(name),
        model: await AutoModelForSequenceClassification.from_pretrained(name, options),
      };
      return {};
    }
    extract = await pipeline('feature-extraction', name, options);
    const { tokenizer } = extract;
    extract.tokenizer = (...args) => (tokens = tokenizer(...args));
    return {};
  },

  // The score of each text for a query.
  async score({ query, texts }) {
    const inputs = reranker.tokenizer(texts.map(() => query), { text_pair: texts, padding: true, truncation: true });
    const { logits } = await reranker.model(inputs);
    return { scores: Array.from(logits.data) };
  },

  // The vectors of all texts, one after the other, as base64 of float32, and the ids that they were made of.
  async embed({ texts, batch, pooling, normalize }) {
    const vectors = [];
    const ids = [];
    for (let i = 0; i < texts.length; i += batch) {
      const { data } = await extract(texts.slice(i, i + batch), { pooling, normalize });
      vectors.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      const mask = tokens.attention_mask.tolist();
      tokens.input_ids.tolist().forEach((row, k) => ids.push(row.filter((_, n) => mask[k][n]).map(Number)));
    }
    return { ids, vectors: Buffer.concat(vectors).toString('base64') };
  },

  // How long each batch took, in milliseconds, without this program's own reading and writing.
  async time({ texts, batch, pooling, normalize }) {
    const ms = [];
    for (let i = 0; i < texts.length; i += batch) {
      const part = batch === 1 ? texts[i] : texts.slice(i, i + batch);
      const begin = performance.now();
      await extract(part, { pooling, normalize });
      ms.push(performance.now() - begin);
    }
    return { ms };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = await handlers[request.what](request);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
