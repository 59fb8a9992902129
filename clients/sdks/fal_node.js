// fal's official client for JavaScript against the double. It has no setting for a base URL, so a
// middleware of its own turns the vendor's host into the double's.

const { createFalClient } = require("@fal-ai/client");
const { API_KEY, BASE_URL, HOOK, check, task } = require("../callers/say");
const { script } = require("./control");

const ENDPOINT = "fal-ai/kling-video/v2.5-turbo/pro/text-to-video";
const INPUT = { prompt: "a cat", duration: "5", aspect_ratio: "16:9" };
const moved = async (request) => ({ ...request, url: request.url.replace("https://queue.fal.run", BASE_URL) });
const { queue } = createFalClient({ credentials: `id:${API_KEY}`, requestMiddleware: moved });

/** One that an adapter sends, for the golden file, through every status to its result. */
async function goesWell() {
  await script({ next: [["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]] });
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: INPUT, webhookUrl: `${HOOK}/fal` });
  task("kling-text", requestId);
  const shown = [];
  for (let i = 0; i < 3; i++) shown.push((await queue.status(ENDPOINT, { requestId, logs: true })).status);
  check("the statuses in order", shown.join() === "IN_QUEUE,IN_PROGRESS,COMPLETED", shown);
  const result = await queue.result(ENDPOINT, { requestId });
  check("the result has a link", result.data.video.url.startsWith("http"), result);
  check("and the request's id in its header", result.requestId === requestId, result.requestId);
}

/** Cancelling, and a request that never was. */
async function refusals() {
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: INPUT });
  await queue.cancel(ENDPOINT, { requestId });
  check("a waiting request is cancelled", true);
  const unknown = { requestId: "00000000-0000-4000-8000-000000000000" };
  const status = await queue.status(ENDPOINT, unknown).catch((error) => error.status);
  check("a request that never was is a 404", status === 404, status);
}

goesWell().then(refusals);
