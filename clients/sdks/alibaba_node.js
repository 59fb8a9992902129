// The AI SDK's client for DashScope (Vercel's, not the vendor's) against the double: its schemas judge
// the answers.

const { createAlibaba } = require("@ai-sdk/alibaba");
const { API_KEY, BASE_URL, ORIGIN, check, task } = require("../callers/say");
const { script } = require("./control");

const provider = createAlibaba({ apiKey: API_KEY, videoBaseURL: BASE_URL });
const quick = { alibaba: { pollIntervalMs: 20 } };

/** Generates one video; what the SDK gives or throws. */
async function generate(model, options) {
  const asked = { n: 1, providerOptions: quick, ...options };
  return provider.video(model).doGenerate(asked).catch((error) => error);
}

/** What an adapter sends, by the names of its contract's cases. */
async function submits() {
  const text = await generate("wan2.6-t2v", { prompt: "a cat", resolution: "1280x720", duration: 5 });
  check("a text gives a link", text.videos?.[0].url.startsWith("http"), text.message);
  task("text", text.providerMetadata.alibaba.taskId);
  const image = { type: "url", url: `${ORIGIN}/a.png` };
  const asked = { prompt: "a cat", image, resolution: "1920x1080", duration: 5 };
  const moved = await generate("wan2.6-i2v", asked);
  check("an image gives a link", moved.videos?.[0].url.startsWith("http"), moved.message);
  task("image", moved.providerMetadata.alibaba.taskId);
}

/** A failure and a refusal, as the SDK throws them. */
async function refusals() {
  await script({ next: [[{ state: "FAILED", code: "InternalError", message: "broken" }]] });
  const failed = await generate("wan2.6-t2v", { prompt: "a cat", resolution: "1280x720" });
  check("a failure is thrown with its words", failed.name === "ALIBABA_VIDEO_GENERATION_FAILED" && failed.message.includes("broken"), failed.message);
  const refused = await generate("wan2.6-t2v", { prompt: "a cat", resolution: "1280x720", duration: 99 });
  check("a duration that is none is a 400", refused.statusCode === 400, refused.message);
}

submits().then(refusals);
