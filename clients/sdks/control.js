// The double's control address, for the SDKs' scripts in JavaScript.

const { CONTROL } = process.env;

/** Tells the double what to do next. */
async function script(change) {
  const answer = await fetch(`${CONTROL}/script`, { method: "POST", body: JSON.stringify(change) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A fault for the next submit. */
async function fault(act, more = {}) {
  await script({ faults: [{ on: "submit", do: act, ...more }] });
}

/** What was sold so far, oldest first. */
async function purchases() {
  return (await fetch(`${CONTROL}/purchases`)).json();
}

/** Every request so far, oldest first. */
async function seen() {
  return (await fetch(`${CONTROL}/requests`)).json();
}

module.exports = { script, fault, purchases, seen };
