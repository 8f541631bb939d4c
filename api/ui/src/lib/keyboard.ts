/** Keys typed into a field belong to the field, those over a dialog to the dialog. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector('dialog[open]')) return true;
  return target !== null && target.matches('input, textarea, select, [contenteditable]');
}
