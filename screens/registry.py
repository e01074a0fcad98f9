"""The screens by their ids."""

from __future__ import annotations

from screens.architecture import ArchitectureScreen
from screens.finish import FinishScreen
from screens.frame import StepScreen
from screens.networking import NetworkingScreen
from screens.prerequisites import PrerequisitesScreen
from screens.replication import ReplicationScreen
from screens.sign_in import SignInScreen
from screens.test_failover import TestFailoverScreen
from screens.vault import VaultScreen
from screens.welcome import WelcomeScreen

SCREENS: dict[str, type[StepScreen]] = {
    screen.IDENT: screen
    for screen in (
        WelcomeScreen,
        SignInScreen,
        ArchitectureScreen,
        PrerequisitesScreen,
        NetworkingScreen,
        VaultScreen,
        ReplicationScreen,
        TestFailoverScreen,
        FinishScreen,
    )
}
