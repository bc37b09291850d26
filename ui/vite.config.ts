import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Two builds in two folders give equal bytes: no dates, no absolute paths.
export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', assetsInlineLimit: 0, sourcemap: false, target: 'es2022', modulePreload: { polyfill: false } },
  server: { proxy: { '/graphql': 'http://127.0.0.1:8080', '/api': 'http://127.0.0.1:8080' } },
})
