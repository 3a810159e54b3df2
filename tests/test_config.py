import pytest

from dashboard.config import SettingsError, read

GOOD = {
    "DATABASE_URL": "sqlite:///x.sqlite",
    "REDIS_URL": "redis://127.0.0.1:6379",
    "STORAGE_URL": "file:///srv/files",
    "SOURCES": "sources.toml",
    "SECRET_KEY": "k" * 32,
}


def test_defaults_are_those_of_the_design():
    settings = read(GOOD)
    assert settings.part_rows == 50_000
    assert settings.lease_seconds == 30
    assert settings.redispatch_seconds == 45
    assert settings.secure_cookies
    assert settings.hosts == ("localhost",)


@pytest.mark.parametrize("name", GOOD)
def test_a_required_setting_that_is_missing_stops_the_start(name):
    with pytest.raises(SettingsError, match=name):
        read({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("REDIS_URL", "localhost"),
        ("STORAGE_URL", "ftp://x"),
        ("SECRET_KEY", "short"),
        ("PART_ROWS", "0"),
        ("PART_ROWS", "many"),
        ("PART_ROWS", "٣٠٠"),
        ("PART_ROWS", "9" * 5000),
        ("LEASE_SECONDS", "-1"),
        ("PUBLIC_URL", "exports.example.com"),
        ("TRUSTED_HOSTS", "https://x/"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(name, value):
    with pytest.raises(SettingsError) as caught:
        read({**GOOD, name: value})
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_secret_is_never_in_the_message():
    with pytest.raises(SettingsError) as caught:
        read({**GOOD, "SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)
