/**
 * A ladder beside its messages: a rung opens its message, and the arrow keys walk from one to the next.
 *
 *     <ladder-view> <svg>… <a href="#m0">…</a></svg> <details><summary>…</summary><pre id="m0">…</pre></details> </ladder-view>
 */
class LadderView extends HTMLElement {
  connectedCallback(): void {
    for (const link of this.#links()) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.#show(link);
      });
    }
    this.addEventListener("keydown", (event) => this.#walk(event));
    for (const details of this.querySelectorAll("details")) {
      details.addEventListener("toggle", () => {
        if (details.open) this.#mark(`#${details.querySelector("pre")?.id}`);
      });
    }
    const here = location.hash && this.#links().find((link) => link.getAttribute("href") === location.hash);
    if (here) this.#show(here);
  }

  #links(): SVGAElement[] {
    return [...this.querySelectorAll<SVGAElement>("svg a")];
  }

  #show(link: SVGAElement): void {
    const target = link.getAttribute("href") ?? "";
    const text = document.getElementById(target.slice(1));
    const details = text?.closest("details");
    if (!details) return;
    details.open = true;
    this.#mark(target);
    history.replaceState(null, "", target);
    details.scrollIntoView({ block: "nearest" });
  }

  #mark(target: string): void {
    for (const link of this.#links()) {
      if (link.getAttribute("href") === target) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  #walk(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = this.#links();
    const at = links.findIndex((link) => link === event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    links[at + step]?.focus();
    if (links[at + step]) this.#show(links[at + step]!);
  }
}

customElements.define("ladder-view", LadderView);
