import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'urql'
import { client } from './api'
import { router } from './router'
import './theme'
import './styles.css'

createRoot(document.getElementById('root')!).render(<StrictMode><Provider value={client}><RouterProvider router={router} /></Provider></StrictMode>)
