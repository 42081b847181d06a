// Give the keys to the terminal once it shows something, so that nobody has to click into it first.
const body = document.body;
new MutationObserver((_, observer) => {
  if (body.classList.contains("-first-byte")) {
    observer.disconnect();
    document.querySelector(".xterm-helper-textarea").focus();
  }
}).observe(body, { attributes: true, attributeFilter: ["class"] });
