// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The module: the engine, and a platform device for VFIO to know the card by.
 */
#include <linux/module.h>
#include <linux/platform_device.h>

#include "driver.h"

static struct platform_device *device;

static int card_probe(struct platform_device *pdev)
{
	struct card *card = vfio_alloc_device(card, vdev, &pdev->dev, &card_ops);
	int ret;

	if (IS_ERR(card))
		return PTR_ERR(card);
	platform_set_drvdata(pdev, card);
	ret = vfio_register_emulated_iommu_dev(&card->vdev);
	if (ret)
		vfio_put_device(&card->vdev);
	return ret;
}

static void card_remove(struct platform_device *pdev)
{
	struct card *card = platform_get_drvdata(pdev);

	vfio_unregister_group_dev(&card->vdev);
	vfio_put_device(&card->vdev);
}

static struct platform_driver driver = {
	.remove = card_remove,
	.driver = { .name = "card" },
};

static int __init card_init(void)
{
	int ret = misc_register(&card_engine);

	if (ret)
		return ret;
	device = platform_create_bundle(&driver, card_probe, NULL, 0, NULL, 0);
	if (!IS_ERR(device))
		return 0;
	misc_deregister(&card_engine);
	return PTR_ERR(device);
}

static void __exit card_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
	misc_deregister(&card_engine);
}

module_init(card_init);
module_exit(card_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("VFIO driver of a virtual card that lends its memory");
