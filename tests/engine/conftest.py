from tests.training_fixtures import model_folder, project_for, recipe_for

__all__ = ["model_folder", "project_for", "recipe_for"]
