"""The only writers of a case. One recipe: atomic → visible and locked → permission → transition → save → event → outbox."""
