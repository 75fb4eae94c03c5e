import { tellTimes } from "./times";

/**
 * Keeps what stands inside it up to date: numbers as the server sends them, and every element with an id and
 * `data-fresh` by asking for the page again.
 *
 *     <live-page src="/api/v1/events"><dd data-live="calls">3</dd> <div id="plots" data-fresh>…</div></live-page>
 */
class LivePage extends HTMLElement {
  #events: EventSource | undefined;
  #fetched = Date.now();
  #busy = false;

  connectedCallback(): void {
    const source = this.getAttribute("src");
    if (!source) return;
    this.#events = new EventSource(source);
    this.#events.addEventListener("numbers", (event) => this.#tell(JSON.parse((event as MessageEvent<string>).data)));
    this.#events.onopen = () => this.#state(true);
    this.#events.onerror = () => this.#state(false);
  }

  disconnectedCallback(): void {
    this.#events?.close();
  }

  #tell(numbers: Record<string, unknown>): void {
    for (const element of this.querySelectorAll<HTMLElement>("[data-live]")) {
      const value = numbers[element.dataset.live ?? ""];
      const text = value === undefined ? element.textContent : String(value);
      if (element.textContent !== text) element.textContent = text;
    }
    if (Date.now() - this.#fetched > REFRESH && !document.hidden) void this.#refresh();
  }

  /** Says whether the numbers are live. */
  #state(live: boolean): void {
    for (const element of this.querySelectorAll<HTMLElement>("[data-state]")) element.hidden = (element.dataset.state === "live") !== live;
  }

  async #refresh(): Promise<void> {
    // What the reader is using stays as it is.
    if (this.#busy || this.querySelector("[data-fresh] :focus, [data-fresh] details[open]")) return;
    this.#busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of this.querySelectorAll("[data-fresh]")) {
        const fresh = page.getElementById(old.id);
        if (fresh) old.replaceWith(document.adoptNode(fresh));
      }
      tellTimes(this);
      this.#fetched = Date.now();
    } catch {
      // The server is away or the session is over: the event source says so.
    } finally {
      this.#busy = false;
    }
  }
}

/** Milliseconds between two fetches of the page. */
const REFRESH = 10_000;

customElements.define("live-page", LivePage);
