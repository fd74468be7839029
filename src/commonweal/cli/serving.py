"""Running the server in this process."""

from datetime import date

from commonweal.web.settings import Settings


def run(
    settings: Settings, host: str, port: int, *, today: date | None = None, worker: bool = True
) -> None:
    import uvicorn

    from commonweal.web.app import application

    uvicorn.run(
        application(settings, today=today, worker=worker),
        host=host,
        port=port,
        log_level=settings.log_level.lower(),
        access_log=False,
        server_header=False,
    )
