// The official SDK against a gateway: node chat.mjs http://127.0.0.1:PORT. Prints one JSON object.
// Node's own fetch: node-fetch takes every chunked answer for cut on the Node.js of Debian 12 (18.20.4).
import "openai/shims/web";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "unused", maxRetries: 0, timeout: 20000 });
const messages = [{ role: "user", content: "What is the capital of France?" }];

async function streamed(model) {
  const stream = await client.chat.completions.create({ model, messages, temperature: 0, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  return text;
}

async function failure(body) {
  try {
    await client.chat.completions.create(body);
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code };
  }
  return null;
}

async function aborted() {
  const controller = new AbortController();
  controller.abort();
  try {
    await client.chat.completions.create({ model: "auto", messages }, { signal: controller.signal });
  } catch (error) {
    return error.constructor.name;
  }
  return null;
}

const whole = await client.chat.completions.create({ model: "auto", messages, temperature: 0 });
const remote = await client.chat.completions.create({ model: "premises-x", messages });
const models = await client.models.list();
const helper = client.beta.chat.completions.stream({ model: "auto", messages, temperature: 0, stream_options: { include_usage: true } });
const final = await helper.finalChatCompletion();

console.log(JSON.stringify({
  whole: whole.choices[0].message.content,
  usage: final.usage?.total_tokens ?? 0,
  streamed: await streamed("auto"),
  helper: final.choices[0].message.content,
  remote: remote.choices[0].message.content,
  remoteStreamed: await streamed("premises-x"),
  models: models.data.length,
  error: await failure({ model: "forbidden-x", messages }),
  broken: await failure({ model: "auto" }),
  aborted: await aborted(),
}));
