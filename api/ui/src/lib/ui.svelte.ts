import { en, type Messages } from '../messages/en';

/** What a browser keeps of the page: how the page looks and reads, never what was looked for. */
export type Language = 'en' | 'ur';
export type Theme = 'system' | 'light' | 'dark';
export type Digits = 'latn' | 'arabext';

const KEPT = 'footage.';

function kept<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  const found = localStorage.getItem(KEPT + name) as T | null;
  return found !== null && allowed.includes(found) ? found : otherwise;
}

class Ui {
  language: Language = $state('en');
  theme: Theme = $state(kept('theme', ['system', 'light', 'dark'], 'system'));
  digits: Digits = $state(kept('digits', ['latn', 'arabext'], 'latn'));
  keys: boolean = $state(kept('keys', ['on', 'off'], 'on') === 'on');
  /** The texts of the page in the language chosen. */
  t: Messages = $state.raw(en);

  /** The locale by which digits and dates are written. */
  get locale(): string {
    return this.language === 'ur' ? `ur-PK-u-nu-${this.digits}` : 'en-GB';
  }

  get dir(): 'ltr' | 'rtl' {
    return this.language === 'ur' ? 'rtl' : 'ltr';
  }

  /** Sets language and theme as kept, or as the browser asks for; before the page is shown. */
  async start(): Promise<void> {
    const asked = navigator.languages.some((one) => one.toLowerCase().startsWith('ur'))
      ? 'ur'
      : 'en';
    this.setTheme(this.theme);
    await this.setLanguage(kept('language', ['en', 'ur'], asked));
  }

  async setLanguage(language: Language): Promise<void> {
    this.t = language === 'ur' ? (await import('../messages/ur')).ur : en;
    this.language = language;
    localStorage.setItem(KEPT + 'language', language);
    document.documentElement.lang = language;
    document.documentElement.dir = this.dir;
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem(KEPT + 'theme', theme);
    document.documentElement.dataset['theme'] = theme;
  }

  setDigits(digits: Digits): void {
    this.digits = digits;
    localStorage.setItem(KEPT + 'digits', digits);
  }

  setKeys(on: boolean): void {
    this.keys = on;
    localStorage.setItem(KEPT + 'keys', on ? 'on' : 'off');
  }

  number(value: number): string {
    return new Intl.NumberFormat(this.locale).format(value);
  }
}

export const ui = new Ui();
