// Keeps relative times and countdowns moving. Without this module: the words the server wrote, beside the clock time.
const zh = document.documentElement.lang.startsWith("zh");
// The server's clock decides: a device may be minutes off.
const clock = document.querySelector("[data-now]");
const shift = clock ? Number(clock.dataset.now) * 1000 - Date.now() : 0;
const now = () => Date.now() + shift;

function ago(element) {
  const minutes = Math.floor((now() - Date.parse(element.dateTime)) / 60000);
  if (minutes < 0 || minutes >= 60) return;
  if (minutes < 1) element.textContent = zh ? "刚刚" : "just now";
  else element.textContent = zh ? `${minutes} 分钟前` : `${minutes} min ago`;
}

function left(element) {
  const seconds = Number(element.dataset.until) - Math.floor(now() / 1000);
  if (seconds <= 0) {
    element.textContent = element.dataset.over;
    return;
  }
  const parts = [
    [Math.floor(seconds / 86400), zh ? " 天" : " d"],
    [Math.floor(seconds / 3600) % 24, zh ? " 小时" : " h"],
    [Math.floor(seconds / 60) % 60, zh ? " 分" : " min"],
    [seconds % 60, zh ? " 秒" : " s"],
  ];
  const first = Math.max(0, parts.findIndex(([count]) => count > 0));
  const words = parts.slice(first, first + 2).filter(([count], i) => i === 0 || count > 0).map(([count, unit]) => count + unit).join(" ");
  element.textContent = zh ? `剩余 ${words}` : `${words} left`;
}

function tick() {
  document.querySelectorAll("[data-rel=ago]").forEach(ago);
  document.querySelectorAll("[data-until]").forEach(left);
}

let timer;
function start() {
  clearInterval(timer);
  if (document.hidden) return;
  tick();
  timer = setInterval(tick, document.querySelector("[data-until]") ? 1000 : 20000);
}
document.addEventListener("visibilitychange", start);
addEventListener("patched", start);
start();
