// The web console in headless Chromium.
//
//     node console.mjs SCENARIO '{"url": "http://127.0.0.1:7080", "chromium": "/usr/bin/chromium", "password": "…", "domain": "example.test", "capture": "FILE"}'
//
// Plays one scenario as the account `tester` of a running server. The exit code is 0 when every claim held, 1 when one did
// not: the last line names it. With SHOTS=FOLDER the scenario `pages` leaves pictures there.

import { readFileSync } from "node:fs";

import { chromium } from "playwright-core";

const WIDTHS = [360, 768, 1280];
const LOOKS = [["light", "en-GB"], ["dark", "nl-NL"]];
const WEIGHT_MAX = 100_000;
const CONTRAST_MIN = 4.5;

class Claim extends Error {}

function check(holds, claim) {
  if (!holds) throw new Claim(claim);
}

/** A page whose complaints are kept: errors of scripts, refusals of the content policy, what does not load. */
async function open(browser, settings = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...settings });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => page.complaints.push(`${page.url()}: ${error.message}`));
  page.on("requestfailed", (request) => {
    // What is under way when a page is left, such as its event stream, is aborted.
    const fault = request.failure()?.errorText;
    if (fault !== "net::ERR_ABORTED") page.complaints.push(`${request.url()}: ${fault}`);
  });
  return page;
}

async function signIn(page, { url, password }) {
  await page.goto(`${url}/`);
  check(page.url().includes("/sign-in"), `who is not signed in is asked to: ${page.url()}`);
  await page.getByLabel(/Name|Naam/).fill("tester");
  await page.getByLabel(/Password|Wachtwoord/).fill(password);
  await page.getByRole("button").click();
  await page.getByRole("heading", { level: 1, name: /Overview|Overzicht/ }).waitFor();
}

const calm = (page) => check(page.complaints.length === 0, `the browser complains: ${page.complaints.join("; ")}`);

/** The address of the page of the call that failed. */
async function failedCall(page, { url }) {
  await page.goto(`${url}/calls?code=480`);
  return page.locator("table.calls tbody a").first().getAttribute("href");
}

/** The address of the page of the call that was answered. */
async function answeredCall(page, { url }) {
  await page.goto(`${url}/calls?code=200`);
  return page.locator("table.calls tbody a").first().getAttribute("href");
}

/** The ratio of contrast of every text that can be seen, where it is too low. */
function lowContrast(least) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = rgba(colour).map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const colour = getComputedStyle(up).backgroundColor;
      if (rgba(colour)[3] === 255) return colour;
    }
    return getComputedStyle(document.documentElement).colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? "#121212" : "#fff";
  };
  const low = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest(".unseen, title, option")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(element.namespaceURI.endsWith("svg") ? style.fill : style.color), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) low.push(`${ratio.toFixed(2)} “${texts.currentNode.data.trim().slice(0, 40)}”`);
  }
  return low;
}

/** What can be used but is not reached by Tab. */
async function unreached(page) {
  await page.evaluate(() => {
    window.reached = new Set();
    document.addEventListener("focusin", (event) => window.reached.add(event.target));
    document.activeElement?.blur();
  });
  const wanted = 'a[href], button, input:not([type="hidden"]), select, summary, [tabindex="0"]';
  const count = await page.evaluate((selector) => document.querySelectorAll(selector).length, wanted);
  for (let press = 0; press < count + 10; press += 1) await page.keyboard.press("Tab");
  return page.evaluate((selector) => {
    const all = [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    return all.filter((element) => !window.reached.has(element)).map((element) => element.outerHTML.slice(0, 80));
  }, wanted);
}

const SCENARIOS = {
  async tour(browser, options) {
    const { url, domain, capture } = options;
    const page = await open(browser);
    await page.goto(`${url}/bans`);
    await page.getByLabel("Name").fill("tester");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button").click();
    await page.getByRole("alert").waitFor();
    await signIn(page, options);

    await page.getByText("live", { exact: true }).waitFor();
    check(await page.locator("#causes").getByRole("link", { name: "480" }).isVisible(), "the overview names 480 among the causes");
    check((await page.locator(".plot svg rect").count()) > 0, "the overview has a plot of codes");
    const delays = page.locator("figure.plot", { hasText: "Post-dial delay over time" });
    await delays.locator("summary").click();
    check(/^[\d.]+ m?s$/.test(await delays.locator("tbody td").first().innerText()), "the plot of the post-dial delay has the median of the answered call");
    check((await delays.locator("svg[role=img] path.curve").count()) === 4, "the plot of the post-dial delay has two curves");

    await page.goto(url + (await failedCall(page, options)));
    check((await page.locator(".verdict .said").innerText()).includes(`bob@${domain}`), "the verdict names the user");
    check(await page.getByText("What to do").isVisible(), "the call says what to do");
    check((await page.locator("svg.ladder .marked").count()) > 0, "a telling message is marked");
    const rungs = page.locator("svg.ladder a");
    await rungs.first().click();
    const text = page.locator("ladder-view details[open] pre");
    check((await text.innerText()).includes(`INVITE sip:bob@${domain}`), "a rung opens its message");
    await rungs.first().focus();
    await page.keyboard.press("ArrowDown");
    check((await rungs.nth(1).getAttribute("aria-current")) === "true", "the arrow keys go to the next rung");

    await page.goto(url + (await answeredCall(page, options)));
    const media = page.locator("section", { has: page.locator("#media") });
    const offers = await media.locator("li").allInnerTexts();
    check(offers.length === 3, `the offer, hold and resume are told: ${offers.join(" | ")}`);
    check(/audio PCM[UA]\/8000, both ways, not encrypted/.test(offers[0]), `the codec is told: ${offers[0]}`);
    check(/caller 127\.0\.0\.1:\d+ ↔ callee 127\.0\.0\.1:\d+/.test(offers[0]), `both addresses are told: ${offers[0]}`);
    check(offers[1].includes("held by the caller") && offers[2].includes("both ways"), `hold and its end are told: ${offers[1]}`);
    check((await media.innerText()).includes("carries messages, not sound"), "the page says that nobody heard the media");

    await page.goto(`${url}/call?id=hostile-1`);
    check((await page.content()).includes("&lt;script"), "hostile names are shown as text");
    check(await page.evaluate(() => window.hacked === undefined), "hostile names are not run");

    await page.getByRole("link", { name: "Bans" }).click();
    await page.getByRole("button", { name: /Lift the ban of 192\.0\.2\.66/ }).click();
    await page.getByText(/192\.0\.2\.66.*is served again/).waitFor();
    check((await page.locator("tbody", { hasText: "192.0.2.66" }).count()) === 0, "the ban is gone");

    await page.getByRole("link", { name: "Routes" }).click();
    await page.getByLabel("For whom").fill(`sip:bob@${domain}`);
    await page.getByRole("button", { name: "Try" }).click();
    await page.locator(".verdict", { hasText: "480" }).waitFor();

    await page.goto(`${url}/registration?user=bob@${domain}`);
    check(await page.locator(".verdict .said").isVisible(), "a user has its verdict");

    const shown = await page.goto(`${url}/call?id=hostile-2`);
    check(shown.status() === 404, `an unknown call is not found: ${shown.status()}`);
    await page.getByRole("link", { name: "hostile-1" }).click();
    await page.locator(".verdict .said").waitFor();
    // That nothing is found is no complaint.
    page.complaints = page.complaints.filter((text) => !text.includes("hostile-2"));

    await page.getByRole("link", { name: "Capture" }).click();
    await page.evaluate((log) => {
      const data = new DataTransfer();
      data.items.add(new File([log], "dropped.log"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }, readFileSync(capture, "utf8"));
    await page.locator(".badge", { hasText: "486" }).waitFor();
    check((await page.locator("main img").count()) === 0, "a hostile name of a capture is no element");

    await page.getByRole("link", { name: "Codes" }).click();
    await page.getByRole("searchbox").fill("busy");
    await page.locator("[data-count]", { hasNotText: /^\d{3}$|^[3-9]\d$/ }).waitFor();
    await page.getByRole("link", { name: "486", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "486 Busy Here" }).waitFor();

    await page.getByRole("link", { name: "Nederlands" }).click();
    await page.getByRole("link", { name: "Overzicht" }).waitFor();
    check((await page.locator("html").getAttribute("lang")) === "nl", "the page says that it is Dutch");
    check(page.url().endsWith("/code?id=486"), `a change of language stays on the page: ${page.url()}`);

    await page.getByRole("button", { name: "Uitloggen" }).click();
    await page.getByRole("button", { name: "Inloggen" }).waitFor();
    await page.goto(`${url}/calls`);
    check(page.url().includes("/sign-in"), "who signed out is asked to sign in");
    calm(page);
  },

  async pages(browser, options) {
    const { url, domain, capture } = options;
    const first = await open(browser);
    await signIn(first, options);
    const call = await failedCall(first, options);
    const answered = await answeredCall(first, options);
    const state = await first.context().storageState();
    const paths = ["/", "/calls?method=any", call, answered, "/registrations", `/registration?user=bob@${domain}`, "/bans", `/routes?uri=sip:bob@${domain}`, "/codes", "/code?id=480", "/capture", "/sign-in"];
    for (const path of paths) {
      const page = await open(browser, { storageState: state });
      let weight = 0;
      page.on("response", async (response) => {
        if (!response.url().endsWith("/events")) weight += (await response.body().catch(() => "")).length;
      });
      await page.goto(url + path);
      await page.waitForTimeout(200);
      check(weight > 0 && weight < WEIGHT_MAX, `${path} loads ${weight} bytes`);
      const left = await unreached(page);
      check(left.length === 0, `${path}: Tab does not reach ${left.join(", ")}`);
      calm(page);
      await page.context().close();
    }
    for (const [scheme, locale] of LOOKS) {
      for (const width of WIDTHS) {
        const page = await open(browser, { storageState: state, colorScheme: scheme, locale, viewport: { width, height: 900 } });
        for (const path of [...paths, "capture"]) {
          await page.goto(`${url}${path === "capture" ? "/capture" : path}`);
          if (path === "capture") {
            await page.locator("#file").setInputFiles(capture);
            await page.locator("drop-zone button").click();
            await page.locator(".badge", { hasText: "486" }).waitFor();
          }
          const out = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          check(out <= 0, `${path} sticks out by ${out} px at ${width} px`);
          const low = await page.evaluate(lowContrast, CONTRAST_MIN);
          check(low.length === 0, `${path} (${scheme}) has too little contrast: ${low.join(", ")}`);
          if (process.env.SHOTS) {
            const name = path.replace(/\W+/g, "-").slice(0, 24) || "-";
            await page.screenshot({ path: `${process.env.SHOTS}/${name}-${width}-${scheme}.png`, fullPage: true });
          }
        }
        calm(page);
        await page.context().close();
      }
    }
  },

  async plain(browser, options) {
    const { url, domain, capture } = options;
    const page = await open(browser, { javaScriptEnabled: false });
    await signIn(page, options);
    check(await page.locator("#causes").getByRole("link", { name: "480" }).isVisible(), "the overview is read without JavaScript");
    await page.goto(url + (await failedCall(page, options)));
    check(await page.locator(".verdict .said").isVisible(), "the verdict is read without JavaScript");
    await page.locator("summary", { hasText: "INVITE" }).first().click();
    check((await page.locator("details[open] pre").innerText()).includes("INVITE"), "a message opens without JavaScript");
    await page.goto(`${url}/routes`);
    await page.getByLabel("For whom").fill(`sip:bob@${domain}`);
    await page.getByRole("button", { name: "Try" }).click();
    await page.locator(".verdict", { hasText: "480" }).waitFor();
    await page.goto(`${url}/registrations`);
    await page.getByLabel("User").fill("BO");
    await page.getByRole("button", { name: "Show" }).click();
    check((await page.locator("tbody th").allInnerTexts()).every((user) => user.includes("bob")), "only the users asked for are listed");
    await page.getByLabel("User").fill("bob");
    await page.getByRole("button", { name: "Why can" }).click();
    await page.locator(".verdict .said").waitFor();
    await page.goto(`${url}/bans`);
    await page.getByRole("button", { name: /Lift the ban/ }).click();
    await page.getByText("is served again").waitFor();
    await page.goto(`${url}/capture`);
    await page.locator("#file").setInputFiles(capture);
    await page.getByRole("button", { name: "Judge" }).click();
    await page.locator(".badge", { hasText: "486" }).waitFor();
    calm(page);
  },
};

const [scenario, argument] = process.argv.slice(2);
const options = JSON.parse(argument);
const browser = await chromium.launch({ executablePath: options.chromium, args: ["--no-sandbox"] });
try {
  await SCENARIOS[scenario](browser, options);
} catch (error) {
  console.log(error instanceof Claim ? error.message : String(error.stack ?? error).replaceAll("\n", " "));
  process.exitCode = 1;
} finally {
  await browser.close();
}
