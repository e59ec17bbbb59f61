// Says how long ago a moment was, where the server says when it was.
const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

export function tell(root) {
  const now = Date.now();
  for (const each of root.querySelectorAll("time[data-age]")) {
    const seconds = Math.max(0, Math.round((now - Date.parse(each.dateTime)) / 1000));
    const [length, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, "s"];
    const words = Number.isNaN(seconds) ? "" : `${Math.floor(seconds / length)} ${unit} ago`;
    if (words && each.textContent !== words) { each.textContent = words; }
  }
}
