import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';
import App from './App.svelte';
import { readParameters } from './parameters';
import { Store } from './recipe/store.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('the document has no element "app"');

const parameters = readParameters(location.search, navigator.languages);
const store = new Store(parameters.device);
mount(App, { target, props: { store, parameters } });
void store.begin();
addEventListener('hashchange', () => void store.followLink(location.hash));
