/*
 * Runs before the first paint, so that the text of index.html stands at once in the theme, the density and at the level that
 * the page itself will have: what was chosen on this machine (src/ui/theme.ts, density.ts, state/view.ts), and what the
 * address asks for (state/link.ts). A file of its own since the security policy allows no inline script. Words of the
 * address are compared, never used.
 */
(() => {
  const root = document.documentElement;
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      // Storage may be off.
      return null;
    }
  };
  const query = new URLSearchParams(location.search);
  const theme = kept('longview.theme');
  if (theme === 'light' || theme === 'dark') {
    root.dataset.theme = theme;
    // The canvas has its colour before the style sheet is there.
    document.querySelector('meta[name=color-scheme]').content = theme;
  }
  if (kept('longview.density') === 'compact') root.dataset.density = 'compact';
  const asked = query.get('level');
  const level = asked === 'play' || asked === 'lab' ? asked : kept('longview.level');
  if (level === 'lab') root.dataset.shellLevel = 'lab';
  const hidden = (query.get('hide') || '').split(',');
  if (query.get('embed') === '1') hidden.push('keys');
  const room = ['keys', 'coach'].filter((part) => hidden.includes(part));
  if (room.length > 0) root.dataset.shellHides = room.join(' ');
})();
