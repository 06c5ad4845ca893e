package io.vecraft.operator;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vecraft.control.Control;
import io.vecraft.control.ControlFigures;
import io.vecraft.control.HostedControl;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The arrows between the parts point one way: {@code crds <- operator}, and what control is hidden
 * behind.
 */
class OperatorArchitectureTest {
  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vecraft.operator", "io.vecraft.crd");
  }

  @Test
  void resourcesKnowNothingOfWhoWorksOnThem() {
    noClasses()
        .that()
        .resideInAPackage("io.vecraft.crd..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.vecraft.operator..")
        .check(classes);
  }

  @Test
  void theOperatorKnowsTheEngineByItsInterfacesAlone() {
    noClasses()
        .that()
        .resideInAPackage("io.vecraft.operator..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vecraft.storage..",
            "io.vecraft.query..",
            "io.vecraft.gateway..",
            "io.vecraft.index..",
            "io.vecraft.proto..",
            "io.vecraft.journal.server..",
            "io.vecraft.journal.segment..",
            "io.vecraft.journal.log..",
            "io.vecraft.journal.partition..",
            "io.vecraft.journal.client..",
            "io.vecraft.standalone..",
            "io.vecraft.cluster..")
        .check(classes);
  }

  /** What runs in the operator's process is started through one class, and called in one place. */
  @Test
  void controlIsEnteredByOneDoor() {
    noClasses()
        .that()
        .resideInAPackage("io.vecraft.operator..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.vecraft.control..")
                .and(
                    not(
                        belongToAnyOf(
                            HostedControl.class, Control.Settings.class, ControlFigures.class))))
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage("io.vecraft.operator..")
        .and()
        .resideOutsideOfPackage("io.vecraft.operator.control..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.vecraft.control..", "io.vecraft.journal..", "io.vecraft.error..")
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.vecraft.(**)").should().beFreeOfCycles().check(classes);
  }
}
