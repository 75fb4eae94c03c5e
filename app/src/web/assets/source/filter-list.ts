/** Narrows the rows of the table inside to those that hold what is typed; the form still asks the server. */
class FilterList extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>("input[type=search]");
    const told = this.querySelector<HTMLElement>("[data-count]");
    const rows = [...this.querySelectorAll<HTMLTableRowElement>("tbody tr")];
    input?.addEventListener("input", () => {
      const words = input.value.toLocaleLowerCase().split(/\s+/);
      let count = 0;
      for (const row of rows) {
        const text = row.textContent?.toLocaleLowerCase() ?? "";
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) count += 1;
      }
      if (told) told.textContent = String(count);
    });
  }
}

customElements.define("filter-list", FilterList);
