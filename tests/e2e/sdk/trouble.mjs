// The official SDK and what goes wrong: node trouble.mjs http://127.0.0.1:PORT. Prints one JSON object.
// The upstream's answers come in the order of these questions, see test_official_sdk_in_trouble.
// Node's own fetch: node-fetch takes every chunked answer for cut on the Node.js of Debian 12 (18.20.4).
import "openai/shims/web";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "unused", maxRetries: 2, timeout: 20000 });
const ask = { model: "premises-x", messages: [{ role: "user", content: "What is the capital of France?" }] };

async function name(promise) {
  try {
    await promise;
  } catch (error) {
    return { name: error.constructor.name, status: error.status ?? null, code: error.code ?? null };
  }
  return null;
}

async function call() {
  const stream = client.beta.chat.completions.stream({
    ...ask, tools: [{ type: "function", function: { name: "get_weather", parameters: { type: "object" } } }] });
  const final = await stream.finalChatCompletion();
  return final.choices[0].message.tool_calls[0].function;
}

async function retried() {
  const done = await client.chat.completions.create(ask);
  return done.choices[0].finish_reason;
}

async function aborted() {
  const controller = new AbortController();
  const stream = await client.chat.completions.create({ ...ask, stream: true }, { signal: controller.signal });
  for await (const chunk of stream) if (chunk.choices[0].delta.content) controller.abort();
}

async function read() {
  const stream = await client.chat.completions.create({ ...ask, stream: true });
  for await (const chunk of stream);
}

async function parsed() {
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
  const done = await client.beta.chat.completions.parse(
    { ...ask, response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } } });
  return JSON.parse(done.choices[0].message.content);
}

const result = { call: await call(), busy: await retried(), down: await retried() };
result.refused = await name(retried());
await name(aborted()); // the SDK of this version ends the loop silently
result.cut = await name(read());
result.parsed = await parsed();
result.model = (await client.models.retrieve("auto")).id;
result.noModel = await name(client.models.retrieve("nothing"));
result.blocked = await name(client.chat.completions.create({ ...ask, model: "forbidden-x" }));
result.late = await name(client.chat.completions.create(ask, { timeout: 500, maxRetries: 0 }));
console.log(JSON.stringify(result));
