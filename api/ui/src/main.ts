import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import './fonts.css';
import { session } from './lib/session.svelte';
import { ui } from './lib/ui.svelte';

await ui.start();
void session.ask();
mount(App, { target: document.getElementById('page') as HTMLElement });
