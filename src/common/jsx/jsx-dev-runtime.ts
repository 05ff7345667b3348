/** As {@link ./jsx-runtime.ts}, under the name that tools look for while developing. */
export { Fragment, type JSX, jsx as jsxDEV } from './jsx-runtime.ts';
