// Replicate's official client for JavaScript against the double.

const Replicate = require("replicate");
const { API_KEY, BASE_URL, HOOK, check, task } = require("../callers/say");
const { script } = require("./control");

const MODEL = "kwaivgi/kling-v2.5-turbo-pro";
const INPUT = { prompt: "a cat", aspect_ratio: "16:9", duration: 5 };
const client = new Replicate({ auth: API_KEY, baseUrl: `${BASE_URL}/v1` });

/** One that an adapter sends, for the golden file, through every status to its output. */
async function goesWell() {
  await script({ next: [["starting", "processing", "succeeded"]] });
  const asked = { model: MODEL, input: INPUT, webhook: `${HOOK}/r`, webhook_events_filter: ["completed"] };
  const made = await client.predictions.create(asked);
  task("kling-text", made.id);
  const shown = [];
  for (let i = 0; i < 3; i++) shown.push(await client.predictions.get(made.id));
  check("the statuses in order", shown.map((p) => p.status).join() === "starting,processing,succeeded", shown);
  check("the end has a link", String(shown[2].output).startsWith("http"), shown[2].output);
}

/** Cancelling, what the server refuses, and the secret that signs its posts. */
async function refusals() {
  const { id } = await client.predictions.create({ model: MODEL, input: INPUT });
  check("a prediction can be cancelled", (await client.predictions.cancel(id)).status === "canceled");
  const bad = await client.predictions.create({ model: MODEL, input: {} }).catch((error) => error.response?.status);
  check("a missing prompt is a 422", bad === 422, bad);
  const secret = await client.webhooks.default.secret.get();
  check("the signing secret has its form", secret.key.startsWith("whsec_"), secret);
}

goesWell().then(refusals);
