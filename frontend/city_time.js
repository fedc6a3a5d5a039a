// City time on every device: the city keeps UTC+8 all year.
export const CITY_OFFSET = 8 * 3_600_000;
const two = (number) => String(number).padStart(2, "0");

export function cityTime(milliseconds) {
  const t = new Date(milliseconds + CITY_OFFSET);
  return `${t.getUTCFullYear()}-${two(t.getUTCMonth() + 1)}-${two(t.getUTCDate())} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
}
