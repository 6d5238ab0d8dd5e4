# Changed since it was applied, and nobody deployed it: one update, one creation, one removal.
resource "terraform_data" "web" {
  for_each = toset(["a", "b"])
  input    = { name = "web-${each.key}", size = each.key == "a" ? "large" : "small", port = 8443 }
}
