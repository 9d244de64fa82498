// For `node --import`: the program that starts is given engines that end it with SIGKILL at one of their effects.
import { register } from 'node:module';

register('./hook.mjs', import.meta.url);
