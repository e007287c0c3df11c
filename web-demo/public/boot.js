// Before the first paint: the chosen theme and language, so that nothing flashes. A script of its own, as the page's
// policy allows none inside the markup.
(() => {
  const read = (name) => {
    try {
      return localStorage.getItem(`wattproof.${name}`);
    } catch {
      return null; // storage is switched off
    }
  };
  const root = document.documentElement;
  const theme = read('theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  const chosen = read('language') ?? navigator.languages.find((tag) => /^(en|de)\b/.test(tag)) ?? 'en';
  root.lang = chosen.startsWith('de') ? 'de' : 'en';
})();
