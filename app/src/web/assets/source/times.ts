/** Times come from the server in UTC; they are shown in the reader's own zone, with UTC where the pointer rests. */
export function tellTimes(within: ParentNode): void {
  const language = document.documentElement.lang;
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const today = day.format(new Date());
  for (const element of within.querySelectorAll("time[datetime]")) {
    const utc = element.getAttribute("datetime") ?? "";
    const at = new Date(utc);
    if (Number.isNaN(at.valueOf()) || element.hasAttribute("title")) continue;
    const date = day.format(at);
    const short = element.classList.contains("short") ? clock.format(at).slice(0, 5) : clock.format(at);
    element.textContent = date === today ? short : `${date} ${short}`;
    element.setAttribute("title", utc);
  }
}
