// Package shelf keeps the models.
package shelf
