// WebSocket phones (JsSIP) in headless Chromium, with Chromium's fake microphone.
//
//     node phones.mjs SCENARIO '{"url": "ws://127.0.0.1:5080", "domain": "example.test", "chromium": "/usr/bin/chromium", "users": {"alice": "…", "bob": "…"}}'
//
// Plays one scenario against a running server; prints what each phone saw, a JSON object a line. The exit code is 0
// when every claim held, 1 when one did not: the last line names it.

import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { chromium } from "playwright-core";

const PAGE = "http://localhost/";
const WAIT = 15_000;

/** What runs in each page: one JsSIP phone that writes down what happens to it. */
function phone() {
  window.seen = [];
  const note = (what, more = {}) => window.seen.push({ what, ...more });
  const audio = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

  const follow = (session) => {
    window.session = session;
    window.speaker = null;
    for (const what of ["progress", "accepted", "confirmed", "hold", "unhold"]) {
      session.on(what, (event) => note(what, { by: event?.originator }));
    }
    for (const what of ["ended", "failed"]) {
      session.on(what, (event) =>
        note(what, { by: event.originator, cause: event.cause, status: event.message?.status_code }),
      );
    }
  };

  window.start = ({ url, domain, user, password }) => {
    window.ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri: `sip:${user}@${domain}`,
      password,
      register: true,
      register_expires: 120,
      session_timers: false,
    });
    window.ua.on("connected", () => note("connected"));
    window.ua.on("disconnected", (event) => note("disconnected", { reason: event.reason }));
    window.ua.on("registered", (event) => note("registered", { status: event.response.status_code }));
    window.ua.on("unregistered", () => note("unregistered"));
    window.ua.on("registrationFailed", (event) =>
      note("registrationFailed", { cause: event.cause, status: event.response?.status_code }),
    );
    window.ua.on("newRTCSession", ({ originator, session }) => {
      note("session", { by: originator, from: session.remote_identity.uri.toString() });
      follow(session);
    });
    window.ua.start();
  };
  window.dial = (target) => void window.ua.call(target, audio);
  window.answer = () => window.session.answer(audio);
  window.hangUp = (options) => window.session.terminate(options);
  window.hold = () => window.session.hold();
  window.unhold = () => window.session.unhold();
  window.unregister = () => window.ua.unregister();
  /** What the peer connection has received of the other's microphone; only what is played is decoded. */
  window.received = async () => {
    if (!window.speaker) {
      window.speaker = new Audio();
      window.speaker.srcObject = new MediaStream(window.session.connection.getReceivers().map((r) => r.track));
      await window.speaker.play();
    }
    const stats = await window.session.connection.getStats();
    for (const report of stats.values()) {
      if (report.type === "inbound-rtp" && report.kind === "audio") {
        return { packets: report.packetsReceived, energy: report.totalAudioEnergy ?? 0 };
      }
    }
    return { packets: 0, energy: 0 };
  };
}

class Phone {
  constructor(page, user, options) {
    Object.assign(this, { page, user, options, read: 0 });
  }

  static async open(browser, script, user, options, password = options.users[user]) {
    const page = await (await browser.newContext({ permissions: ["microphone"] })).newPage();
    await page.route("**/*", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>phone</title>" }));
    await page.goto(PAGE);
    await page.addScriptTag({ content: script });
    await page.evaluate(phone);
    const { url, domain } = options;
    await page.evaluate((o) => window.start(o), { url, domain, user, password });
    return new Phone(page, user, options);
  }

  /** Waits for the next happening of this kind, and returns it. */
  async expect(what, claim = what) {
    const from = this.read;
    const found = await this.page
      .waitForFunction(
        ([kind, start]) => {
          const at = window.seen.findIndex((event, i) => i >= start && event.what === kind);
          return at < 0 ? null : { at, event: window.seen[at] };
        },
        [what, from],
        { timeout: WAIT, polling: 20 },
      )
      .then((handle) => handle.jsonValue())
      .catch(() => null);
    check(found, `${this.user}: ${claim}: not seen`);
    this.read = found.at + 1;
    return found.event;
  }

  do(name, argument) {
    return this.page.evaluate(([n, a]) => window[n](a), [name, argument]);
  }

  async dial(other) {
    await this.do("dial", `sip:${other.user}@${this.options.domain}`);
    await this.expect("session");
    const call = await other.expect("session", "the call arrives");
    check(call.by === "remote" && call.from.includes(this.user), `${other.user} is called by ${this.user}: ${JSON.stringify(call)}`);
    await this.expect("progress", "it rings");
  }

  /** Waits until audio that is not silence has arrived. */
  async hears(claim) {
    const end = Date.now() + WAIT;
    let before = { packets: 0, energy: 0 };
    while (Date.now() < end) {
      before = await this.page.evaluate(() => window.received());
      if (before.packets > 50 && before.energy > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    check(false, `${this.user}: ${claim}: ${JSON.stringify(before)}`);
  }

  async show() {
    for (const event of await this.page.evaluate(() => window.seen)) {
      console.log(JSON.stringify({ phone: this.user, ...event }));
    }
  }
}

class Claim extends Error {}

function check(holds, claim) {
  if (!holds) throw new Claim(claim);
}

/** Both phones, registered. */
async function registered(open) {
  const phones = [await open("alice"), await open("bob")];
  for (const phone of phones) await phone.expect("registered");
  return phones;
}

/** A call that stands, with audio both ways. */
async function talking(caller, callee) {
  await caller.dial(callee);
  await callee.do("answer");
  await caller.expect("accepted");
  await callee.expect("confirmed");
  await caller.hears("hears the callee");
  await callee.hears("hears the caller");
}

const SCENARIOS = {
  async register(open) {
    const [alice] = await registered(open);
    await alice.do("unregister");
    await alice.expect("unregistered");
  },
  async wrong_password(open) {
    const mallory = await open("alice", "not the password");
    const { status } = await mallory.expect("registrationFailed");
    check(status === 401 || status === 403, `refused with ${status}`);
  },
  async call(open) {
    const [alice, bob] = await registered(open);
    await talking(alice, bob);
    await alice.do("hangUp");
    check((await bob.expect("ended")).by === "remote", "bob was hung up on");
    await alice.expect("ended");
    await talking(bob, alice);
    await alice.do("hangUp");
    check((await bob.expect("ended")).by === "remote", "bob, the caller, was hung up on");
  },
  async cancel(open) {
    const [alice, bob] = await registered(open);
    await alice.dial(bob);
    await alice.do("hangUp");
    const [ours, theirs] = [await alice.expect("failed"), await bob.expect("failed")];
    check(ours.cause === "Canceled" && theirs.cause === "Canceled", `${ours.cause}, ${theirs.cause}`);
  },
  async busy(open) {
    const [alice, bob] = await registered(open);
    await alice.dial(bob);
    await bob.do("hangUp", { status_code: 486 });
    const { cause, status } = await alice.expect("failed");
    check(cause === "Busy" && status === 486, `${cause} ${status}`);
  },
  async hold(open) {
    const [alice, bob] = await registered(open);
    await talking(alice, bob);
    await alice.do("hold");
    check((await bob.expect("hold")).by === "remote", "bob is put on hold");
    await alice.expect("hold");
    await alice.do("unhold");
    check((await bob.expect("unhold")).by === "remote", "bob is taken back");
    await bob.do("hangUp");
    await alice.expect("ended");
  },
};

async function main([name, json]) {
  const scenario = SCENARIOS[name];
  if (!scenario || !json) throw new Claim(`scenarios: ${Object.keys(SCENARIOS).join(" ")}`);
  const options = JSON.parse(json);
  const bundle = await build({
    stdin: { contents: 'window.JsSIP = require("jssip");', resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    define: { global: "window" },
    logLevel: "error",
  });
  const browser = await chromium.launch({
    executablePath: options.chromium,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-proxy-server",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
      ...(options.insecure ? ["--ignore-certificate-errors"] : []),
    ],
  });
  const phones = [];
  try {
    await scenario(async (user, password) => {
      const phone = await Phone.open(browser, bundle.outputFiles[0].text, user, options, password);
      phones.push(phone);
      return phone;
    });
  } finally {
    for (const phone of phones) await phone.show().catch(() => {});
    await browser.close();
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.log(error instanceof Claim ? error.message : error.stack);
  process.exitCode = 1;
});
