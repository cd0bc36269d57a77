/** The pages, what one must be allowed to see them, and their places in the navigation. */
import { createRouter, createWebHistory } from "vue-router";
import type { RouteRecordRaw } from "vue-router";
import { may, resume, session } from "./api/session";
import SignInPage from "./pages/SignInPage.vue";

declare module "vue-router" {
  interface RouteMeta {
    permission?: string;
    open?: boolean;
  }
}

const routes: RouteRecordRaw[] = [
  { path: "/sign-in", component: SignInPage, meta: { open: true } },
  { path: "/", component: () => import("./pages/OverviewPage.vue") },
  { path: "/releases", component: () => import("./pages/ReleasesPage.vue"), meta: { permission: "catalogue:read" } },
  { path: "/releases/:id", component: () => import("./pages/ReleasePage.vue"), props: true, meta: { permission: "catalogue:read" } },
  { path: "/deliveries", component: () => import("./pages/DeliveriesPage.vue"), meta: { permission: "delivery:read" } },
  { path: "/deliveries/:id", component: () => import("./pages/DeliveryPage.vue"), props: true, meta: { permission: "delivery:read" } },
  { path: "/targets", component: () => import("./pages/TargetsPage.vue"), meta: { permission: "delivery:read" } },
  { path: "/targets/new", component: () => import("./pages/TargetFormPage.vue"), meta: { permission: "target:manage" } },
  { path: "/targets/:id", component: () => import("./pages/TargetPage.vue"), props: true, meta: { permission: "delivery:read" } },
  { path: "/targets/:id/edit", component: () => import("./pages/TargetFormPage.vue"), props: true, meta: { permission: "target:manage" } },
  { path: "/plugins", component: () => import("./pages/PluginsPage.vue"), meta: { permission: "plugin:manage" } },
  { path: "/plugins/:id", component: () => import("./pages/PluginPage.vue"), props: true, meta: { permission: "plugin:manage" } },
  { path: "/marketplace", component: () => import("./pages/MarketplacePage.vue"), meta: { permission: "plugin:manage" } },
  { path: "/marketplace/:id", component: () => import("./pages/OfferedPluginPage.vue"), props: true, meta: { permission: "plugin:manage" } },
  { path: "/developer", component: () => import("./pages/DeveloperPage.vue"), meta: { permission: "plugin:publish" } },
  { path: "/developer/submissions/:id", component: () => import("./pages/SubmissionPage.vue"), props: true, meta: { permission: "plugin:publish" } },
  { path: "/users", component: () => import("./pages/UsersPage.vue"), meta: { permission: "user:manage" } },
  { path: "/api-keys", component: () => import("./pages/ApiKeysPage.vue"), meta: { permission: "api_key:manage" } },
  { path: "/settings", component: () => import("./pages/SettingsPage.vue") },
  { path: "/:missing(.*)*", component: () => import("./pages/MissingPage.vue") },
];

export const router = createRouter({
  history: createWebHistory("/admin"),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

router.beforeEach(async (to) => {
  await resume();
  if (!session.me && !to.meta.open) return { path: "/sign-in", query: { next: to.fullPath } };
  if (session.me && to.meta.open) return "/";
  if (to.meta.permission && !may(to.meta.permission)) return "/";
  return true;
});
