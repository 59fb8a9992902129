// A third-party client for Kling's legacy paths against the double, over TLS, which it insists on: Kling
// publishes no SDK of its own. It signs in with an access and a secret key.

const { pathToFileURL } = require("node:url");
const { BASE_URL, HOOK, ORIGIN, check, task } = require("../callers/say");
const { fault, script } = require("./control");

const KEYS = { accessKey: "test-ak", secretKey: "test-sk" };
const TEXT = { model_name: "kling-v2-5-turbo", prompt: "a cat", mode: "std", aspect_ratio: "16:9", duration: "5" };

/** The client; its package is a module, which can be imported by its file, not required by its name. */
async function connected(keys) {
  const modules = require.resolve.paths("kling-api").map((home) => `${home}/kling-api/dist/api.js`);
  const file = modules.find((path) => require("node:fs").existsSync(path));
  const { KlingAPI } = await import(pathToFileURL(file));
  return new KlingAPI({ ...keys, baseUrl: BASE_URL });
}

/** One of each kind that an adapter sends, for the golden file. */
async function submits(client) {
  const ours = (id) => ({ external_task_id: id, callback_url: `${HOOK}/k` });
  const more = { negative_prompt: "blur", ...ours("of-ours-1") };
  const text = await client.textToVideo({ ...TEXT, ...more });
  check("a submit answers a task in its envelope", text.code === 0 && text.data.task_status === "submitted", text);
  task("text-to-video", text.data.task_id);
  const frames = { image: `${ORIGIN}/a.png`, image_tail: `${ORIGIN}/b.png`, ...ours("of-ours-2") };
  const { model_name, prompt } = TEXT;
  const image = await client.imageToVideo({ model_name, prompt, mode: "pro", duration: "10", ...frames });
  task("first-and-last-frame", image.data.task_id);
}

/** Every status on the way to a link, and a failure. */
async function states(client) {
  await script({ next: [["submitted", "processing", "succeed"], ["failed"]] });
  const { data } = await client.textToVideo(TEXT);
  const shown = [];
  for (let i = 0; i < 3; i++) shown.push((await client.queryTextToVideoTask(data.task_id)).data);
  check("the statuses in order", shown.map((t) => t.task_status).join() === "submitted,processing,succeed", shown);
  check("the end has a link", shown[2].task_result.videos[0].url.startsWith("https://"), shown[2]);
  check("times are numbers", typeof shown[2].created_at === "number", shown[2].created_at);
  const failed = await client.textToVideo(TEXT);
  const end = await client.queryTextToVideoTask(failed.data.task_id);
  check("a failure says so", end.data.task_status === "failed", end);
}

/** What the server refuses, by its own codes. */
async function refusals(client) {
  const again = await thrown(client.textToVideo({ ...TEXT, external_task_id: "of-ours-1" }));
  check("an id of ours that is known is a 1201", again.code === 1201, again);
  await fault("answer", { status: 429, body: { code: 1303, message: "parallel task over resource pack limit", request_id: "r" } });
  const busy = await thrown(client.textToVideo(TEXT));
  check("too many at once is a 1303", busy.code === 1303, busy);
  const stranger = await connected({ ...KEYS, secretKey: "another" });
  const wrong = await thrown(stranger.textToVideo(TEXT));
  check("a token signed with another key is a 401", wrong.httpStatus === 401, wrong);
}

/** What the client throws. */
async function thrown(call) {
  return call.then((answer) => ({ answer }), (error) => error);
}

/** All of it, in an order that the calls are counted for. */
async function main() {
  await script({ knobs: { access_keys: { [KEYS.accessKey]: KEYS.secretKey } } });
  const client = await connected(KEYS);
  await submits(client);
  await states(client);
  await refusals(client);
}

main();
