/** A place to drop a file onto: it becomes that of the form inside, which is then sent. */
class DropZone extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    const form = this.querySelector("form");
    if (!input || !form) return;
    const ready = this.querySelector<HTMLElement>("[data-hint]");
    if (ready) ready.hidden = false;
    // The whole page takes the drop, so that nobody's browser opens the capture instead.
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.classList.add("over");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.classList.remove("over");
    });
    document.addEventListener("drop", (event) => {
      this.classList.remove("over");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      input.files = event.dataTransfer.files;
      form.requestSubmit();
    });
    form.addEventListener("submit", () => {
      const busy = this.querySelector<HTMLElement>("[data-busy]");
      if (busy) busy.hidden = false;
    });
  }
}

customElements.define("drop-zone", DropZone);
