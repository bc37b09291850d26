import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** named gives a page's part of the script its folder's name, for scripts/budget.mjs and for people. */
const named = (chunk: { name: string; facadeModuleId?: string | null }) => `assets/${/\/src\/([\w-]+)\/page\.tsx$/.exec(chunk.facadeModuleId ?? '')?.[1] ?? chunk.name}-[hash].js`

// Two builds in two folders give equal bytes: no dates, no absolute paths.
export default defineConfig({
  base: './', // the server writes where it is served from into index.html
  plugins: [react()],
  build: { outDir: 'dist', assetsInlineLimit: 0, sourcemap: false, target: 'es2022', modulePreload: { polyfill: false }, rolldownOptions: { output: { chunkFileNames: named } } },
  server: { proxy: { '/graphql': 'http://127.0.0.1:8080', '/api': 'http://127.0.0.1:8080', '/healthz': 'http://127.0.0.1:8080' } },
})
